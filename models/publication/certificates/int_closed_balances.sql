-- Per month to be certified and account: the balance that the close knew, the balance as it is if this build publishes,
-- and, where the month before is closed too, what the close knew of that and with what it had been closed.
{%- set account_month = ['month', 'feed', 'account_id', 'currency'] %}
{%- set month_before = "cast(month - interval '1' month as date)" %}
{%- set closed_months = '(' ~ rows_of(ref('int_months_to_certify')) ~ ') as closed_months' %}
{%- set months_read = ask(
    'select cast(month as varchar) from ' ~ closed_months
    ~ ' union select cast(' ~ month_before ~ ' as varchar) from ' ~ closed_months, ref('int_months_to_certify')
) %}
with

-- The months are literals, so that no other is read.
versions as (

    select
        versions.*,
        publications.publication_number,
        lead(publications.publication_number) over (
            partition by versions.{{ account_month | join(', versions.') }} order by publications.publication_number
        ) as superseded_by_number
    from {{ ref('month_end_versions') }} as versions
    inner join {{ ref('int_publications_so_far') }} as publications
        on versions.publication_id = publications.publication_id
    where versions.month {{ in_months(months_read) }}

),

-- What a certificate asks: the versions of a month that were current after a publication.
asked as (
    {%- for role, month, number in [
        ('closing', 'month', 'closed_on_number'),
        ('opening', month_before, 'case when before_closed_on_number is not null then closed_on_number end'),
        ('closed before', month_before, 'before_closed_on_number'),
        ('now', 'month', '(select max(publication_number) from ' ~ ref('int_publications_so_far') ~ ')'),
    ] %}
    select
        '{{ role }}' as role,
        month as closed_month,
        {{ month }} as month,
        {{ number }} as after_number
    from {{ ref('int_months_to_certify') }}
    where publication_id = {{ publication_id() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {{ publication_id() }} as publication_id,
    asked.closed_month as month,
    versions.feed,
    versions.account_id,
    versions.currency,
    {% for column in ['opening_balance', 'movement', 'break_amount', 'balance', 'basis'] -%}
    max(versions.{{ column }}) filter (where asked.role = 'closing') as {{ column }},
    {% endfor -%}
    bool_or(versions.is_proven) filter (where asked.role = 'closing') as is_proven,
    max(versions.publication_id) filter (where asked.role = 'closing') as version_id,
    max(versions.balance) filter (where asked.role = 'opening') as known_before,
    max(versions.balance) filter (where asked.role = 'closed before') as closed_before,
    max(versions.balance) filter (where asked.role = 'now') as balance_now
from versions
inner join asked
    on versions.month = asked.month
        and versions.publication_number <= asked.after_number
        and (versions.superseded_by_number is null or versions.superseded_by_number > asked.after_number)
where not versions.is_gone
group by asked.closed_month, versions.feed, versions.account_id, versions.currency
