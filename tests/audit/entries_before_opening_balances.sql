-- An account that was decided to open on a day keeps the entries before it, and its balance on that day is the decided
-- one, whatever they add up to. They are told here, as often as a build closes the account again from before that day.
{{ config(severity='warn') }}
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set query %}
    select
        entries.{{ account | join(', entries.') }},
        openings.as_of,
        count(*) as entry_count
    from {{ ref('int_entries_to_close') }} as entries
    inner join {{ ref('stg_opening_balances') }} as openings
        on {{ same(account, 'entries', 'openings') }}
            and openings.is_latest
            and entries.booking_date < openings.as_of
    where entries.publication_id = {{ publication_id() }}
    group by entries.{{ account | join(', entries.') }}, openings.as_of
{%- endset %}
{%- for row in ask(query, ref('int_entries_to_close')) %}
{%- do exceptions.warn(
    'BEFORE THE OPENING BALANCE: account ' ~ row[1] ~ ' (' ~ row[0] ~ ', ' ~ row[2] ~ ') has ' ~ row[4] ~ ' '
    ~ ('entry' if row[4] == 1 else 'entries') ~ ' before ' ~ row[3] ~ '. They stay in the ledger and prove nothing.'
) %}
{%- endfor %}
{{ query }}
