{#
    Select of what the rules of this checkout would do to the rows that a feed has delivered, beside what was made of them: run
    it before a changed contract is merged. One row per change, code and currency; a row with several codes counts in each:

    - change: would be accepted (it waits in quarantine: the merge lets it in), would have been accepted (it is condemned, and
      needs a decision), would have been refused (it is accepted, and stays so), would be refused for other reasons; `code` is
      what speaks against the row now, or what did;
    - row_count, account_count, and the effect on balances: from first_day on their movements would differ by amount in sum (a
      row whose amount is no number has none); balances that the bank states itself stay where they are;
    - the file, line and text of the latest of the rows.

    Keys are not compared again: what would be accepted may turn out to be a duplicate or a conflict. Nothing is written.
#}
{% macro shadow_run(feed) %}
    {%- do require_entries('shadow_run', feed) -%}
    {#- What the staging model reads: it is rendered when its text is known only. -#}
    {%- do [ref('stg_runs'), ref('currencies'), source('raw', feed)] -%}
    {%- set staged = render(graph.nodes['model.' ~ project_name ~ '.stg_' ~ feed].raw_code) if execute else 'select 1' -%}
    {%- set is_sound = array_length('staged.rejection_reasons') ~ ' = 0' -%}
    with

    staged as (
        {{ staged | indent(8) }}
    ),

    judgements as (

        select
            origin_run_id,
            origin_row_number,
            max_by(status, known_at) as status,
            max_by(amount, known_at) as amount,
            max_by(rejection_reasons, known_at) as rejection_reasons,
            max_by(rejection_details, known_at) as rejection_details
        from {{ ref('int_entries_classified') }}
        where feed = {{ sql_text(feed) }}
            and origin_run_id not in (
                select decisions.run_id from {{ ref('run_decisions') }} as decisions where decisions.decision = 'withdraw'
            )
        group by origin_run_id, origin_row_number

    ),

    compared as (

        select
            staged.run_id,
            staged.line_number,
            staged.account_id,
            staged.currency,
            staged.booking_date,
            staged.raw_record,
            case
                when judgements.status = 'accepted' then 'would have been refused'
                when {{ is_sound }} and judgements.status = 'condemned' then 'would have been accepted'
                when {{ is_sound }} then 'would be accepted'
                else 'would be refused for other reasons'
            end as change,
            case
                when judgements.status = 'accepted' then -judgements.amount
                when {{ is_sound }} then staged.amount
            end as amount,
            case when {{ is_sound }} then judgements.rejection_reasons else staged.rejection_reasons end as codes
        from staged
        inner join judgements
            on staged.run_id = judgements.origin_run_id
                and staged.row_number = judgements.origin_row_number
        where judgements.status <> 'duplicate'
            and judgements.rejection_details <> staged.rejection_details

    )

    select
        compared.change,
        reasons.code,
        compared.currency,
        count(*) as row_count,
        count(distinct compared.account_id) as account_count,
        min(compared.booking_date) as first_day,
        sum(compared.amount) as amount,
        max_by(runs.file_name, compared.run_id) as file_name,
        max_by(compared.line_number, compared.run_id) as line_number,
        max_by(compared.raw_record, compared.run_id) as raw_record
    from compared
    inner join {{ ref('int_runs') }} as runs
        on compared.run_id = runs.run_id
    cross join unnest(compared.codes) as reasons (code)
    group by compared.change, reasons.code, compared.currency
    order by change, code, currency
{% endmacro %}
