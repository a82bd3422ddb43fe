"""What a page tells people to type is there: bash takes it, and each service, command, option and target exists.

Nothing is run. `console` blocks of runbooks are, by tests/end_to_end/test_runbooks.py.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.docs.aws_commands import wrong_in_aws
from tests.docs.own_commands import WRONG
from tests.docs.pages import PAGES, PROJECT, RUNBOOKS, Typed, blocks, scripts, typed
from tests.docs.shell import commands

# What a script of a page may call besides the programs that are looked into.
OTHERS = {
    "cd",
    "cp",
    "echo",
    "eval",
    "export",
    "for",
    "gh",
    "git",
    "grep",
    "jq",
    "local",
    "read",
    "return",
    "sleep",
    "tail",
    "wait",
    "wc",
    "xargs",
}
FUNCTION = re.compile(r"^(\w+)\(\) \{", re.MULTILINE)
VARIABLE = re.compile(r"\$\{?([A-Z][A-Z_]*)(?!\w|:-)")
SET = re.compile(r"\b([A-Z][A-Z_]*)=")
PREAMBLE = "\n".join(block.text for block in blocks(RUNBOOKS / "README.md")[0] if block.language == "bash")
FUNCTIONS = set(FUNCTION.findall(PREAMBLE))


def wrong(command: Typed) -> Iterator[str]:
    program = PurePath(command.words[0]).name
    if program == "aws":
        yield from wrong_in_aws(command.words, whole=command.whole)
    elif program in WRONG:
        yield from WRONG[program](command.words, whole=command.whole)
    elif program == "run" and len(command.words) > 1 and not command.words[1].startswith("$"):
        yield from wrong_in_input(command.words[1])


def wrong_in_input(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError as error:
        yield f"the input of a run is JSON: {error}"


def found(words: str, *, whole: bool = True) -> list[str]:
    (command,) = commands(words)
    return list(wrong(Typed("", command, whole)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_commands_of_a_page_exist(page: PurePath) -> None:
    told = [f"{one.place}: {' '.join(one.words)}: {error}" for one in typed(page) for error in wrong(one)]
    assert told == []


def test_scripts_of_pages_are_bash() -> None:
    assert len(scripts()) >= 18
    for block in scripts():
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)  # noqa: S607
        assert (done.returncode, done.stderr) == (0, ""), f"{block}: {done.stderr}"


def test_scripts_of_pages_call_known_programs() -> None:
    known = OTHERS | FUNCTIONS | WRONG.keys() | {"aws"}
    called = [
        (str(block), words[0])
        for block in scripts()
        for words in commands(block.text)
        if PurePath(words[0]).name not in known | set(FUNCTION.findall(block.text))
    ]
    assert called == []


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_variables_of_a_runbook_are_set(page: PurePath) -> None:
    texts = [block.text for block in blocks(RUNBOOKS / page.name)[0] if block.language == "bash"]
    used = {name for text in texts for name in VARIABLE.findall(text)}
    assert used - set(SET.findall("\n".join([PREAMBLE, *texts]))) == set()


def test_pages_have_commands_of_each_kind() -> None:
    all_ = [one for page in PAGES for one in typed(page)]
    programs = [PurePath(one.words[0]).name for one in all_]
    least = {"aws": 40, "dbt": 30, "loader": 40, "make": 60, "python": 25, "run": 15, "terraform": 15}
    assert {program: programs.count(program) >= number for program, number in least.items()} == dict.fromkeys(
        least, True
    )


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("aws stepfunction list-executions", "no operation list-executions of stepfunction"),
        ("aws stepfunctions", "no operation"),
        ("aws stepfunctions list-execution", "no operation list-execution of stepfunctions"),
        ("aws stepfunctions list-executions --state-machine X", "no option --state-machine"),
        ("aws athena start-query-execution --work-group x", "--query-string is missing"),
        ("aws athena get-query-execution --query-execution-id x --max-items 3", "no option --max-items"),
        ("aws s3 list s3://x", "no operation list of s3"),
        ("aws s3 rm --recursiv s3://x", "no option --recursiv"),
        ("aws sts get-caller-identity --query Acount", "--query Acount: the answer has no Acount"),
        ("aws sts get-caller-identity --query 'Account['", "--query Account[: "),
        ("aws sts get-caller-identity --output txt", "no output ['txt']"),
        ("aws glue get-tables ledger_lake_prod", "'ledger_lake_prod' belongs to no option"),
        ("aws glue get-tables --database-name a b", "--database-name takes one value"),
        (
            "aws sqs get-queue-attributes --queue-url x --attribute-names Number",
            "--attribute-names does not take Number",
        ),
        ("aws ecs wait tasks-stoped --tasks x", "nothing to wait for: ['tasks-stoped']"),
        ("dbt biuld", "no command biuld"),
        ("dbt build --exclude-resource-typ unit_test", "No such option '--exclude-resource-typ'"),
        ("dbt build --select int_month_end+", "nothing is selected by int_month_end"),
        ("dbt ls --select tag:records", "nothing is selected by tag:records"),
        ("dbt run-operation up_keep", "no macro up_keep"),
        ("dbt run-operation erase_rows --args '{file: x}'", "erase_rows has no file"),
        ("dbt run-operation", "MACRO is missing"),
        ("loader erase --reason x --by y", "FILE_ID... is missing"),
        ("loader verify payments", "belongs to nothing: payments"),
        ("loader lend x", "no command lend"),
        ("loader verify --fast", "No such option '--fast'"),
        ("make sq Q=x", "no target sq"),
        ("make sql W=x", "no variable W"),
        ("python -m pipelin build", "no module pipelin"),
        ("python -m pipeline previev", "no command previev"),
        ("python -m upkeep scratch x --emtpy", "No such option '--emtpy'"),
        ("python -m review compare a b --left published_at", "unrecognized arguments: --left"),
        ("terraform aply", "no command aply"),
        ("terraform output -json environment", "no output environment"),
        ("terraform apply -taget=x", "no option -taget"),
        ("run '{chore: verify}'", "the input of a run is JSON"),
    ],
)
def test_misspelled_command_is_found(command: str, error: str) -> None:
    assert any(error in told for told in found(command))


def test_script_is_taken_apart_as_bash_does() -> None:
    script = """
        A=1 B="$(aws x y)" loader \\
            land 'a b'  # aws no
        until aws z w --q "$C" 2>&1 | grep -E 'x|y'; do sleep 1; done
        f() { (run "$1") > out; }
        (( ++n % 8 )) || wait
        cat > file <<'END'
        aws no
        END
        make x | xargs -d '\\n' -n 1 terraform state rm
        aws last "it's $(loader "$(make z)") a"
    """
    assert commands(script) == [
        ("aws", "x", "y"),
        ("loader", "land", "a b"),
        ("aws", "z", "w", "--q", "$C"),
        ("grep", "-E", "x|y"),
        ("sleep", "1"),
        ("f",),
        ("run", "$1"),
        ("wait",),
        ("cat",),
        ("make", "x"),
        ("xargs", "-d", "\\n", "-n", "1", "terraform", "state", "rm"),
        ("terraform", "state", "rm", "…"),
        ("make", "z"),
        ("loader", "$(…)"),
        ("aws", "last", "it's $(…) a"),
    ]
