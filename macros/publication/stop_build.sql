{#
    Reasons for which a build stops before it writes anything. Each raises what is wrong and what to do. What is wrong with decisions is
    asked while the model int_this_build is made, which depends on all that is read for it.
#}

{# A decision or a close that was published is in its seed as it was: history is not edited. #}
{% macro stop_if_decisions_are_gone() %}
    {%- set checked = [
        ('decisions', ref('stg_decisions'), ['seed', 'file_id', 'row_number', 'decision', 'corrected_by_file_id', 'corrected_by_row_number', 'reason', 'decided_by', 'decided_at']),
        ('openings', ref('stg_opening_balances'), ['feed', 'account_id', 'currency', 'as_of', 'balance', 'source', 'decided_by', 'decided_at']),
        ('closes', ref('stg_period_closes'), ['month', 'event', 'closed_at', 'closed_by', 'reason']),
    ] -%}
    {%- for name, seed, columns in checked if execute and graph and flags.WHICH in ('build', 'run') and load_relation(source('earlier', name)) is not none
        and load_relation(source('earlier', 'publications')) is not none -%}
        {%- set gone = run_query(
            'select ' ~ columns | join(', ') ~ ' from ' ~ source('earlier', name)
            ~ ' where publication_id in (select publication_id from ' ~ source('earlier', 'publications') ~ ')'
            ~ ' except select ' ~ columns | join(', ') ~ ' from ' ~ seed
        ).rows -%}
        {%- if gone -%}
            {%- set texts = [] -%}
            {%- for text in gone[0].values() if text is not none -%}{%- do texts.append(text | string) -%}{%- endfor -%}
            {{ exceptions.raise_compiler_error(
                'NOTHING WAS WRITTEN: ' ~ gone | length ~ ' lines of the ' ~ name ~ ' that were published are gone from their seed or were changed, the first: '
                ~ texts | join(', ') ~ '. Put the line back as it was; to decide otherwise add a line with a later time.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#
    The variable as_of shows what would have been seen at a moment; it needs a schema in which nothing was published. Asked before the
    first model runs: staging views with as_of would leave readers without malformed rows.
#}
{% macro stop_if_as_of_is_late() %}
    {%- if var('as_of') and execute and flags.WHICH in ('build', 'run') -%}
        {%- if ask('select 1 from ' ~ source('earlier', 'publications') ~ ' limit 1', source('earlier', 'publications')) -%}
            {{ exceptions.raise_compiler_error(
                'NOTHING WAS WRITTEN: as_of builds what would have been seen at a moment, in an empty schema; here something is published. Name another schema.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
