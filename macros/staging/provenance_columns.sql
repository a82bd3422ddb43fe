{# Select list of what every staging model says of a row beside its business values. #}
{%- macro provenance_columns() -%}
    row_hash,
    run_id,
    row_number,
    line_number,
    ingest_date,
    known_at,
    raw_record,
    case
        when {{ array_length('failed_codes') }} < 2 then failed_codes
        else {{ array_without_repeats('failed_codes') }}
    end as rejection_reasons,
    rejection_details
{%- endmacro %}
