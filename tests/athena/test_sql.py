"""What Athena's SQL becomes; one row per translation, nothing runs."""

from __future__ import annotations

from typing import Any

import pytest

from local_athena.columns import hive_type, iceberg_refusal, trino_type
from local_athena.plan import Glue, Plan, Refuse, Run, Vacuum
from local_athena.sql import plan, vacuum_statements
from local_athena.tokens import MalformedStatementError, Name

T = Name("s", "t")
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"

UNTOUCHED = [
    ("select 1", "DML", "SELECT"),
    ('-- /* {"app": "dbt"} */\nselect \';\' -- it\'s; fine', "DML", "SELECT"),
    ("with a as (select 1) select * from a", "DML", "SELECT"),
    ("(select 1) union (select 2)", "DML", "SELECT"),
    ("values 1, 2", "DML", "SELECT"),
    ("select * from t for version as of 1", "DML", "SELECT"),
    ("select * from t for timestamp as of timestamp '2024-01-01 00:00:00 UTC'", "DML", "SELECT"),
    ('select * from "t$snapshots"', "DML", "SELECT"),
    ("insert into t (a) select 1", "DML", "INSERT"),
    ("create or replace view v as select 1", "DDL", "CREATE_VIEW"),
    ("create view v as select 1", "DDL", "CREATE_VIEW"),
    ("explain analyze select 1", "UTILITY", "EXPLAIN"),
    ("show create view v", "UTILITY", "SHOW_CREATE_VIEW"),
]


@pytest.mark.parametrize(("text", "statement_type", "substatement_type"), UNTOUCHED)
def test_queries_and_dml_pass_untouched(text: str, statement_type: str, substatement_type: str) -> None:
    read = plan(text, "s")

    assert (read.statement_type, read.substatement_type) == (statement_type, substatement_type)
    assert isinstance(read.action, Run)
    assert read.action.statements[0].startswith(text.removesuffix(" -- it's; fine"))


@pytest.mark.parametrize("end", [";", " ; ", ";\n-- done", ";;"])
def test_a_semicolon_at_the_end_is_dropped(end: str) -> None:
    assert plan("select 1" + end, "s").action == Run(("select 1",))


@pytest.mark.parametrize("end", ["", ";", " ; -- it's", " /* it's */ ;"])
def test_ddl_is_cut_where_hive_reads_its_end(end: str) -> None:
    text = r"""alter table t set tblproperties ('a'='it\'s -- x', 'b'='/*', 'c'='\'')"""
    assert plan(text + end, "s") == plan(text, "s")
    assert plan(text, "s").action == Glue(
        "set_table_properties", {"table": T, "parameters": {"a": "it's -- x", "b": "/*", "c": "'"}}
    )


ICEBERG_HEAD = (
    'create table "awsdatacatalog"."s"."t" with (table_type=\'iceberg\', is_external=false, location=\'s3://b/t\''
)
TRINO_ICEBERG = 'CREATE TABLE "iceberg"."s"."t" WITH (location = \'s3://b/t\''
CTAS = [
    ("create table t as select 1 a", 'CREATE TABLE "awsdatacatalog"."s"."t" WITH (format = \'PARQUET\') AS select 1 a'),
    (
        "create table t with (table_type='hive', is_external=true, external_location='s3://b/t', "
        "partitioned_by=ARRAY['m', 'n'], bucketed_by=ARRAY['a'], bucket_count=3, field_delimiter=',', "
        "format='textfile') as select 1 a",
        'CREATE TABLE "awsdatacatalog"."s"."t" WITH (external_location = \'s3://b/t\', '
        "partitioned_by = ARRAY['m', 'n'], bucketed_by = ARRAY['a'], bucket_count = 3, "
        "textfile_field_separator = ',', format = 'textfile') AS select 1 a",
    ),
    (
        "create table if not exists x.t with (format='orc')\nas\n-- why\nselect ')' as a",
        'CREATE TABLE IF NOT EXISTS "awsdatacatalog"."x"."t" WITH (format = \'orc\') AS select \')\' as a',
    ),
    (f"{ICEBERG_HEAD}) as select 1 a", f"{TRINO_ICEBERG}) AS select 1 a"),
    (
        f"{ICEBERG_HEAD}, partitioning=ARRAY['month(dt)', 'bucket(id, 16)'], write_compression='zstd') as select 1",
        f"{TRINO_ICEBERG}, partitioning = ARRAY['month(dt)', 'bucket(id, 16)'], compression_codec = 'zstd') "
        "AS select 1",
    ),
    (
        f"{ICEBERG_HEAD}, vacuum_max_snapshot_age_seconds=60, optimize_rewrite_delete_file_threshold='2') as select 1",
        f"{TRINO_ICEBERG}, extra_properties = MAP(ARRAY['vacuum_max_snapshot_age_seconds', "
        "'optimize_rewrite_delete_file_threshold'], ARRAY['60', '2'])) AS select 1",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CTAS)
def test_the_head_of_create_table_as_is_translated(text: str, expected: str) -> None:
    read = plan(text, "s")

    assert (read.statement_type, read.substatement_type) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert isinstance(read.action, Run)
    assert read.action.statements == (expected,)


def test_compression_of_a_hive_table_is_a_setting_of_trino() -> None:
    read = plan("create table t with (write_compression='snappy') as select 1 a", "s")

    assert isinstance(read.action, Run)
    assert read.action.settings == {"awsdatacatalog.compression_codec": "SNAPPY"}


@pytest.mark.parametrize("end", ["", " with no data", " WITH DATA"])
def test_the_columns_of_an_iceberg_table_are_checked_first(end: str) -> None:
    read = plan(f"{ICEBERG_HEAD}) as select 1 a -- why{'' if not end else chr(10) + end}", "s")

    assert isinstance(read.action, Run)
    assert read.action.must_fit_iceberg is not None
    assert "no data" not in read.action.must_fit_iceberg.lower()
    assert read.action.must_fit_iceberg.endswith("\n) AS checked LIMIT 0")


CTAS_REFUSED = [
    ("create table t with (table_type='delta') as select 1", "table_type"),
    ("create table t with (is_external=false) as select 1", "is_external must be true"),
    ("create table t with (location='s3://b/t') as select 1", "'location'"),
    ("create table t with (nonsense=1) as select 1", "'nonsense'"),
    ("create table t with (table_type='iceberg', location='s3://b') as select 1", "is_external must be false"),
    ("create table t with (table_type='iceberg', is_external=false) as select 1", "location is required"),
    (f"{ICEBERG_HEAD}, partitioned_by=ARRAY['a']) as select 1", "'partitioned_by'"),
    (f"{ICEBERG_HEAD}, external_location='s3://b') as select 1", "'external_location'"),
]


@pytest.mark.parametrize(("text", "why"), CTAS_REFUSED)
def test_properties_that_athena_lacks_are_refused(text: str, why: str) -> None:
    read = plan(text, "s")

    assert isinstance(read.action, Refuse)
    assert read.action.reason.startswith("INVALID_TABLE_PROPERTY")
    assert why in read.action.reason


GLUE: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "create schema if not exists `S`",
        "CREATE_DATABASE",
        "create_database",
        {"name": "s", "if_not_exists": True, "comment": None, "location": None, "parameters": {}},
    ),
    (
        "CREATE DATABASE d COMMENT 'c' LOCATION 's3://b' WITH DBPROPERTIES ('k' = 'v')",
        "CREATE_DATABASE",
        "create_database",
        {"name": "d", "if_not_exists": False, "comment": "c", "location": "s3://b", "parameters": {"k": "v"}},
    ),
    (
        "drop schema if exists `s` cascade",
        "DROP_DATABASE",
        "drop_database",
        {"name": "s", "if_exists": True, "cascade": True},
    ),
    ("drop database d", "DROP_DATABASE", "drop_database", {"name": "d", "if_exists": False, "cascade": False}),
    (
        "alter database d set dbproperties ('k'='v')",
        "ALTER_DATABASE_SET_DBPROPERTIES",
        "set_database_properties",
        {"name": "d", "parameters": {"k": "v"}},
    ),
    ("drop table if exists `s`.`t`", "DROP_TABLE", "drop_table", {"table": T, "if_exists": True}),
    ('drop table "awsdatacatalog"."s"."t"', "DROP_TABLE", "drop_table", {"table": T, "if_exists": False}),
    (
        "alter table `s`.`t` add if not exists partition (dt='2024-01-01', n=1) location 's3://x' "
        "partition (dt='b', n=2)",
        "ALTER_TABLE_ADD_PARTITION",
        "add_partitions",
        {
            "table": T,
            "partitions": [({"dt": "2024-01-01", "n": "1"}, "s3://x"), ({"dt": "b", "n": "2"}, None)],
            "if_not_exists": True,
        },
    ),
    (
        "alter table t drop if exists partition (dt='a'), partition (dt='b')",
        "ALTER_TABLE_DROP_PARTITION",
        "drop_partitions",
        {"table": T, "partitions": [{"dt": "a"}, {"dt": "b"}], "if_exists": True},
    ),
    (
        "alter table t partition (dt='a') set location 's3://x'",
        "ALTER_TABLE_SET_PARTITION_LOCATION",
        "set_partition_location",
        {"table": T, "values": {"dt": "a"}, "location": "s3://x"},
    ),
    (
        "alter table t partition (dt='a') rename to partition (dt='b')",
        "ALTER_TABLE_RENAME_PARTITION",
        "rename_partition",
        {"table": T, "values": {"dt": "a"}, "new": {"dt": "b"}},
    ),
    (
        "alter table t add columns (`A` string, b decimal(10, 2) comment 'c')",
        "ALTER_TABLE_ADD_COLUMNS",
        "add_columns",
        {
            "table": T,
            "columns": [{"Name": "a", "Type": "string"}, {"Name": "b", "Type": "decimal(10,2)", "Comment": "c"}],
        },
    ),
    (
        "alter table t replace columns (a int)",
        "ALTER_TABLE_REPLACE_COLUMNS",
        "replace_columns",
        {"table": T, "columns": [{"Name": "a", "Type": "int"}]},
    ),
    (
        "alter table t change column a b array<int> comment 'c'",
        "ALTER_TABLE_CHANGE_COLUMN",
        "change_column",
        {"table": T, "old": "a", "column": {"Name": "b", "Type": "array<int>", "Comment": "c"}},
    ),
    (
        "alter table t set tblproperties ('classification' = 'parquet')",
        "ALTER_TABLE_SET_TBLPROPERTIES",
        "set_table_properties",
        {"table": T, "parameters": {"classification": "parquet"}},
    ),
    (
        "alter table t unset tblproperties ('a', 'b')",
        "ALTER_TABLE_UNSET_TBLPROPERTIES",
        "unset_table_properties",
        {"table": T, "keys": ["a", "b"], "if_exists": False},
    ),
    (
        "alter table t set location 's3://x'",
        "ALTER_TABLE_SET_LOCATION",
        "set_location",
        {"table": T, "location": "s3://x"},
    ),
    ("show databases like 'a*'", "SHOW_DATABASES", "show_databases", {"pattern": "a*"}),
    ("show schemas", "SHOW_DATABASES", "show_databases", {"pattern": None}),
    ("show tables", "SHOW_TABLES", "show_tables", {"database": "s", "pattern": None}),
    ("show tables in d 'a|b'", "SHOW_TABLES", "show_tables", {"database": "d", "pattern": "a|b"}),
    ("show views in d like 'a'", "SHOW_VIEWS", "show_views", {"database": "d", "pattern": "a"}),
    ("show partitions s.t", "SHOW_PARTITIONS", "show_partitions", {"table": T}),
    ("show columns in t from s", "SHOW_COLUMNS", "show_columns", {"table": T}),
    ("show tblproperties t", "SHOW_TBLPROPERTIES", "show_table_properties", {"table": T}),
    ("show create table `s`.`t`", "SHOW_CREATE_TABLE", "show_create_table", {"table": T}),
    ("describe `s.t`", "DESCRIBE_TABLE", "describe", {"table": T}),
    ("describe `s`.`t`", "DESCRIBE_TABLE", "describe", {"table": T}),
]


@pytest.mark.parametrize(("text", "name", "method", "arguments"), GLUE)
def test_ddl_of_hive_becomes_an_action_on_glue(text: str, name: str, method: str, arguments: dict[str, Any]) -> None:
    read = plan(text, "s")

    assert read.action == Glue(method, arguments)
    assert read.substatement_type == name
    assert read.statement_type == ("UTILITY" if name.startswith(("SHOW", "DESCRIBE")) else "DDL")


ALTER = 'ALTER TABLE "iceberg"."s"."t"'
ON_ICEBERG = [
    ("drop table t", ('DROP TABLE "iceberg"."s"."t"',)),
    (
        "alter table t add columns (`a` string, b array<struct<c:int>> comment 'it\\'s')",
        (
            f'{ALTER} ADD COLUMN "a" varchar',
            f"{ALTER} ADD COLUMN \"b\" array(row(\"c\" integer)) COMMENT 'it''s'",
        ),
    ),
    ("alter table t drop column a", (f'{ALTER} DROP COLUMN "a"',)),
    (
        "alter table t change column a b timestamp",
        (f'{ALTER} RENAME COLUMN "a" TO "b"', f'{ALTER} ALTER COLUMN "b" SET DATA TYPE timestamp(6)'),
    ),
    (
        "alter table t change a a bigint comment 'c'",
        (
            f'{ALTER} ALTER COLUMN "a" SET DATA TYPE bigint',
            'COMMENT ON COLUMN "iceberg"."s"."t"."a" IS \'c\'',
        ),
    ),
    ("alter table `s`.`t` rename to `s`.`u`", (f'{ALTER} RENAME TO "iceberg"."s"."u"',)),
    (
        "alter table t set tblproperties ('format'='orc', 'vacuum_min_snapshots_to_keep'='2')",
        (
            f"{ALTER} SET PROPERTIES format = 'ORC', "
            "extra_properties = MAP(ARRAY['vacuum_min_snapshots_to_keep'], ARRAY['2'])",
        ),
    ),
    ("optimize t rewrite data using bin_pack", (f"{ALTER} EXECUTE optimize",)),
    (
        "optimize s.t rewrite data using bin_pack where a > 1 and b = ';'",
        (f"{ALTER} EXECUTE optimize where a > 1 and b = ';'",),
    ),
    ("merge into t using u on t.a = u.a when matched then delete",) * 2,
    ("update t set a = 1;",) * 2,
    ('delete from "awsdatacatalog"."s"."t" where a = 1',) * 2,
]


@pytest.mark.parametrize(("text", "expected"), ON_ICEBERG)
def test_an_iceberg_table_is_changed_by_trino(text: str, expected: tuple[str, ...] | str) -> None:
    read = plan(text, "s")

    assert read.table == T
    assert read.iceberg == Run((expected.rstrip(";"),) if isinstance(expected, str) else expected)


def test_vacuum_goes_by_the_tables_own_properties() -> None:
    assert plan("vacuum t", "s").iceberg == Vacuum(T)
    properties = {"vacuum_max_snapshot_age_seconds": "60", "vacuum_min_snapshots_to_keep": "3"}
    assert vacuum_statements(T, properties) == (
        f"{ALTER} EXECUTE expire_snapshots(retention_threshold => '60s', retain_last => 3)",
        f"{ALTER} EXECUTE remove_orphan_files(retention_threshold => '60s')",
    )
    assert "'432000s', retain_last => 1" in vacuum_statements(T, {})[0]


HIVE_REFUSED = [
    ("merge into t using u on true when matched then delete", "Modifying Hive table rows"),
    ("update t set a = 1", "Modifying Hive table rows"),
    ("delete from t", "Modifying Hive table rows"),
    ("optimize t rewrite data using bin_pack", "OPTIMIZE"),
    ("vacuum t", "VACUUM"),
    ("alter table t rename to u", "RENAME TO"),
    ("alter table t drop column a", "DROP COLUMN"),
]


@pytest.mark.parametrize(("text", "why"), HIVE_REFUSED)
def test_what_athena_does_on_iceberg_only_is_refused_on_hive(text: str, why: str) -> None:
    action = plan(text, "s").action

    assert isinstance(action, Refuse)
    assert action.reason.startswith("NOT_SUPPORTED")
    assert why in action.reason


ICEBERG_REFUSED = [
    ("alter table t add partition (a='1')", "partitions"),
    ("alter table t drop partition (a='1')", "partitions"),
    ("alter table t replace columns (a int)", "REPLACE COLUMNS"),
    ("alter table t add columns (a smallint)", "smallint"),
    ("alter table t set tblproperties ('classification'='parquet')", "classification"),
    ("msck repair table t", "partitions"),
]


@pytest.mark.parametrize(("text", "why"), ICEBERG_REFUSED)
def test_what_athena_does_on_hive_only_is_refused_on_iceberg(text: str, why: str) -> None:
    action = plan(text, "s").iceberg

    assert isinstance(action, Refuse)
    assert why in action.reason


def _entry(text: str) -> dict[str, Any]:
    action = plan(text, "s").action
    assert isinstance(action, Glue)
    assert action.method == "create_table"
    return dict(action.arguments["entry"])


def test_an_external_table_becomes_an_entry_in_glue() -> None:
    entry = _entry(
        "create external table if not exists `s`.`t` (`c` string, d decimal(10, 2) comment 'it\\'s', "
        "e array<struct<a:int,b:string>>) comment 'about' partitioned by (dt date, `run` string comment 'r') "
        f"row format serde '{OPEN_CSV}' with serdeproperties ('separatorChar' = ',', 'quoteChar' = '\\\"', "
        "'escapeChar' = '\\u0000') location 's3://b/p/' tblproperties ('skip.header.line.count'='1');"
    )

    assert entry == {
        "Name": "t",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "comment": "about", "skip.header.line.count": "1"},
        "PartitionKeys": [{"Name": "dt", "Type": "date"}, {"Name": "run", "Type": "string", "Comment": "r"}],
        "StorageDescriptor": {
            "Columns": [
                {"Name": "c", "Type": "string"},
                {"Name": "d", "Type": "decimal(10,2)", "Comment": "it's"},
                {"Name": "e", "Type": "array<struct<a:int,b:string>>"},
            ],
            "Location": "s3://b/p/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": OPEN_CSV,
                "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\0"},
            },
        },
    }


def test_delimiters_become_properties_of_the_serde() -> None:
    serde = _entry(
        "create external table t (a int) row format delimited fields terminated by '\\t' escaped by '\\\\' "
        "lines terminated by '\\n' null defined as '\\\\N' stored as textfile location 's3://b'"
    )["StorageDescriptor"]["SerdeInfo"]

    assert serde == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {
            "field.delim": "\t",
            "serialization.format": "\t",
            "escape.delim": "\\",
            "line.delim": "\n",
            "serialization.null.format": "\\N",
        },
    }


@pytest.mark.parametrize(
    ("clause", "library"),
    [
        ("stored as parquet", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
        ("stored as orc", "org.apache.hadoop.hive.ql.io.orc.OrcSerde"),
        ("row format serde 'org.openx.data.jsonserde.JsonSerDe'", "org.openx.data.jsonserde.JsonSerDe"),
        ("row format serde 'x' stored as inputformat 'i' outputformat 'o'", "x"),
        ("", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
    ],
)
def test_a_format_names_its_serde(clause: str, library: str) -> None:
    entry = _entry(f"create external table t (a int) {clause} location 's3://b'")

    assert entry["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == library


def test_an_empty_iceberg_table_is_made_by_trino() -> None:
    read = plan(
        "create table if not exists t (id bigint, ts timestamp, `n` string comment 'x') comment 'about' "
        "partitioned by (month(ts), bucket(16, id), truncate(4, n), n) location 's3://b/t/' "
        "tblproperties ('table_type'='ICEBERG', 'format'='parquet', 'vacuum_max_snapshot_age_seconds'='60')",
        "s",
    )

    assert read.action == Run(
        (
            'CREATE TABLE IF NOT EXISTS "iceberg"."s"."t" '
            '("id" bigint, "ts" timestamp(6), "n" varchar COMMENT \'x\') COMMENT \'about\' WITH '
            "(location = 's3://b/t', format = 'PARQUET', "
            "extra_properties = MAP(ARRAY['vacuum_max_snapshot_age_seconds'], ARRAY['60']), "
            "partitioning = ARRAY['month(ts)', 'bucket(id, 16)', 'truncate(n, 4)', 'n'])",
        )
    )


def test_msck_repair_looks_for_partitions_in_s3() -> None:
    expected = Run(("CALL awsdatacatalog.system.sync_partition_metadata('s', 't', 'ADD')",))
    assert plan("msck repair table `s`.`t`", "x").action == expected


def test_drop_view_is_trinos() -> None:
    expected = Run(('DROP VIEW IF EXISTS "awsdatacatalog"."s"."v"',))
    assert plan("drop view if exists `s`.`v`", "x") == Plan("DDL", "DROP_VIEW", expected)


def test_parameters_take_the_place_of_question_marks() -> None:
    assert plan("select ? || 'it''s'", "s", ("'a'", "1")).action == Run(
        ("EXECUTE IMMEDIATE 'select ? || ''it''''s''' USING 'a', 1",)
    )


MALFORMED = [
    ("", "empty"),
    ("-- nothing", "empty"),
    ("select 1; select 2", "Only one sql statement is allowed. Got: select 1; select 2"),
    ("create or replace table t as select 1", "not supported"),
    ("truncate table t", "not supported"),
    ("grant select on t to u", "not supported"),
    ("unload (select 1) to 's3://b' with (format = 'PARQUET')", "UNLOAD is not supported by the local Athena"),
    ("prepare p from select 1", "PREPARE is not supported"),
    ("execute p", "EXECUTE is not supported"),
    ("create table t (a int) location 's3://b'", "Only external tables"),
    ("create external table t (a int)", "Expecting: 'LOCATION'"),
    ("create external table t (a int) stored as rcfile location 's3://b'", "'rcfile'"),
    ("create external table t (a int) location 's3://b' tblproperties ('table_type'='ICEBERG')", "CREATE TABLE"),
    ("alter table t\n  foo", "line 2:3: mismatched input 'foo'"),
    ("alter table a.b.c.d add columns (a int)", "Too many dots"),
    ("describe t extended", "mismatched input 'extended'"),
]


@pytest.mark.parametrize(("text", "why"), MALFORMED)
def test_what_athena_does_not_know_is_refused_by_name(text: str, why: str) -> None:
    with pytest.raises(MalformedStatementError) as refusal:
        plan(text, "s")

    assert why in str(refusal.value)


TYPES = [
    ("string", "varchar"),
    ("int", "integer"),
    ("float", "real"),
    ("binary", "varbinary"),
    ("varchar(3)", "varchar(3)"),
    ("decimal(10,2)", "decimal(10,2)"),
    ("array<string>", "array(varchar)"),
    ("map<string,array<float>>", "map(varchar, array(real))"),
    ("struct<a:int,b:decimal(10,2)>", 'row("a" integer, "b" decimal(10,2))'),
]


@pytest.mark.parametrize(("hive", "trino"), TYPES)
def test_types_are_translated_both_ways(hive: str, trino: str) -> None:
    assert trino_type(hive) == trino
    assert hive_type(trino) == hive


@pytest.mark.parametrize(
    ("trino", "hive"),
    [
        ("timestamp(3)", "timestamp"),
        ("timestamp(3) with time zone", "timestamp with time zone"),
        ('row("A b" timestamp(6), c map(varchar, bigint))', "struct<A b:timestamp,c:map<string,bigint>>"),
        ("decimal(10, 2)", "decimal(10,2)"),
    ],
)
def test_a_views_types_are_written_in_hives_way(trino: str, hive: str) -> None:
    assert hive_type(trino) == hive


@pytest.mark.parametrize(
    ("trino", "refused"),
    [
        ("timestamp(3)", 'Timestamp precision (3) not supported for Iceberg. Use "timestamp(6)" instead.'),
        ("array(timestamp(3) with time zone)", 'Use "timestamp(6) with time zone" instead.'),
        ("smallint", "Type not supported for Iceberg: smallint"),
        ("char(3)", "Type not supported for Iceberg: char(3)"),
        ("timestamp(6)", None),
        ("varchar(3)", None),
        ("row(a integer)", None),
    ],
)
def test_iceberg_takes_the_types_that_athena_takes(trino: str, refused: str | None) -> None:
    reason = iceberg_refusal(trino)

    assert reason is None if refused is None else reason is not None and refused in reason
