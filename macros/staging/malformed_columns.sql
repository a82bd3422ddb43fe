{# The columns of a record without trustworthy fields, for the staging model and for the view that readers see: SQL list. #}
{%- macro malformed_columns(malformed, files) -%}
    {{ malformed }}.file_id,
    {{ files }}.feed,
    {{ files }}.file_name,
    cast({{ malformed }}.row_number as bigint) as row_number,
    cast({{ malformed }}.line_number as bigint) as line_number,
    cast('SCHEMA_ERROR' as varchar) as rejection_code,
    {{ malformed }}.reason,
    cast({{ malformed }}.byte_offset as bigint) as byte_offset,
    cast({{ malformed }}.byte_length as bigint) as byte_length,
    {{ decode_raw_text(malformed ~ '.raw_text') }} as raw_text,
    {{ malformed }}.ingest_date,
    {{ files }}.landed_at
{%- endmacro %}
