{#
    The canonical columns of a feed's staging model, with what can be judged only by them: an entry without account, amount, currency
    or booking date that no rule refuses is refused here, so that no value that a model cannot read becomes an accepted NULL; and
    the balance that is stated for one day, or for the file, is one and the same.
#}
{% macro feed_rows(feed, relation=none) -%}
    {%- set terms = contract(feed) -%}
    {%- set is_entry = ' and not is_passed_over' if terms.meta.get('pass_over') else '' -%}
    {%- set cases = [] -%}
    {%- if terms.meta.get('balance_stated') in ('end_of_day', 'end_of_file') -%}
        {%- set detail = 'TYPE_ERROR ' ~ shown_column(terms.meta.balance, terms.columns[terms.meta.balance])
            ~ ': differs from the balance above of the same ' ~ ('day' if terms.meta.balance_stated == 'end_of_day' else 'file') -%}
        {%- do cases.append({
            'condition': 'stated_balance <> first_stated' ~ is_entry,
            'rejection_reasons': array_without_repeats("(rejection_reasons || array['TYPE_ERROR'])"),
            'rejection_details': 'rejection_details || array[' ~ sql_text(detail) ~ ']',
        }) -%}
    {%- endif -%}
    {%- if terms.meta.get('kind') == 'entries' -%}
        {%- do cases.append({
            'condition': array_length('rejection_reasons') ~ ' = 0' ~ is_entry ~ ' and (' ~ _lacking().values() | join(' or ') ~ ')',
            'rejection_reasons': "array['NULL_VALUE_ERROR']",
            'rejection_details': _what_lacks(),
        }) -%}
    {%- endif -%}
    select
        {%- for name in canonical_columns() %}
        {% if cases and name in ('rejection_reasons', 'rejection_details') -%}
        case
            {%- for case in cases %}
            when {{ case.condition }} then {{ case[name] }}
            {%- endfor %}
            else {{ name }}
        end as {{ name }}
        {%- else -%}
        {{ name }}
        {%- endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ _with_first_stated(relation or ref('stg_' ~ feed), terms) }}
{%- endmacro %}

{# What an entry must have, with the condition that it has not. #}
{% macro _lacking() %}
    {{ return({
        'account_id': is_missing('account_id'),
        'amount': 'amount is null',
        'currency': is_missing('currency'),
        'booking_date': 'booking_date is null',
    }) }}
{% endmacro %}

{% macro _what_lacks() %}
    {%- set details = [] -%}
    {%- for name, condition in _lacking().items() -%}
        {%- do details.append('case when ' ~ condition ~ " then 'NULL_VALUE_ERROR " ~ name ~ ": the staging model gives no value' end") -%}
    {%- endfor -%}
    {{ return(compact_array(details)) }}
{% endmacro %}

{# Beside each row the balance that is stated first for its account and currency, of its day or of its file. #}
{% macro _with_first_stated(relation, terms) %}
    {%- set means = terms.meta.get('balance_stated') -%}
    {%- if means not in ('end_of_day', 'end_of_file') -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set group = 'file_id, ingest_date, account_id, currency' ~ (', booking_date' if means == 'end_of_day' else '') -%}
    {%- set window = 'partition by ' ~ group ~ ' order by row_number rows between unbounded preceding and current row' -%}
    {{ return('(select *, ' ~ first_known('case when not is_passed_over then stated_balance end', window) ~ ' as first_stated from ' ~ relation ~ ') as stated') }}
{% endmacro %}
