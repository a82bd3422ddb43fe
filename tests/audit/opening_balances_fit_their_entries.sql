-- An account that was decided to open on a day keeps the entries before it, and its balance on that day is the decided
-- one, whatever they add up to. They are told here, as often as a build closes the account again from before that day.
-- A decided balance of an account without entries is in no table: it is told by the build that takes its line in, and
-- as often as a build looks at the account.
{{ config(severity='warn') }}
{%- set account = ['feed', 'account_id', 'currency'] %}
{%- set query %}
    with
    looked_at as (
        -- Where a month-end is known before the checkpoint, there are entries before it.
        select {{ account | join(', ') }}, known_month is not null as has_entries_before
        from {{ ref('int_accounts_to_close') }}
        where publication_id = {{ publication_id() }}
        union all
        -- Of feeds without any file, too.
        select distinct {{ account | join(', ') }}, false as has_entries_before
        from {{ ref('openings') }}
        where publication_id = {{ publication_id() }}
    ),
    accounts as (
        select {{ account | join(', ') }}, bool_or(has_entries_before) as has_entries_before
        from looked_at
        group by {{ account | join(', ') }}
    )
    select
        openings.{{ account | join(', openings.') }},
        openings.as_of,
        sum(case when entries.booking_date < openings.as_of then 1 else 0 end) as entries_before
    from {{ ref('stg_opening_balances') }} as openings
    inner join accounts
        on {{ same(account, 'openings', 'accounts') }}
    left join {{ ref('int_entries_to_close') }} as entries
        on {{ same(account, 'openings', 'entries') }}
            and entries.publication_id = {{ publication_id() }}
    where openings.is_latest
    group by openings.{{ account | join(', openings.') }}, openings.as_of, accounts.has_entries_before
    having sum(case when entries.booking_date < openings.as_of then 1 else 0 end) > 0
        or (count(entries.booking_date) = 0 and not accounts.has_entries_before)
{%- endset %}
{%- for row in ask(query, ref('int_entries_to_close')) %}
{%- set named = 'account ' ~ row[1] ~ ' (' ~ row[0] ~ ', ' ~ row[2] ~ ')' %}
{%- do exceptions.warn(
    'BEFORE THE OPENING BALANCE: ' ~ named ~ ' has ' ~ row[4] ~ ' ' ~ ('entry' if row[4] == 1 else 'entries')
    ~ ' before ' ~ row[3] ~ '. They stay in the ledger and prove nothing.'
    if row[4] else
    'OPENING BALANCE NOT USED: ' ~ named ~ ' has no entry. If its line in seeds/opening_balances.csv names a wrong feed,'
    ~ ' account or currency, add the right line.'
) %}
{%- endfor %}
{{ query }}
