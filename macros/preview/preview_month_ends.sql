{#
    Select of the month ends that a build that did not commit would change, beside the published ones: those of closed months first,
    then those that are published already, by the size of the difference. A version that a feed published anew would write of a month
    end that stays as it is, is left out.

        dbt show --inline "{{ preview_month_ends() }}"     of the last build

    `change` is changed, gone (reported no more) or new (not published before); `values_changed` names what differs.
#}
{% macro preview_month_ends(build=none, limit=none) %}
    select
        feed,
        account_id,
        currency,
        substr(cast(month as varchar), 1, 7) as month,
        is_closed,
        change,
        balance_published,
        balance_previewed,
        difference,
        values_changed
    from ({{ previewed_month_ends(build) }}) as month_ends
    order by
        case when is_closed then 0 else 1 end,
        case when change = 'new' then 1 else 0 end,
        abs(difference) desc,
        feed,
        account_id,
        currency,
        month
    {{ at_most(limit) }}
{% endmacro %}

{# Select of the same by feed and currency: how many there are, and the sums of their differences. #}
{% macro preview_balances(build=none) %}
    select
        feed,
        currency,
        count(distinct account_id) as accounts,
        count(distinct month) as months,
        substr(cast(min(month) as varchar), 1, 7) as first_month,
        substr(cast(max(month) as varchar), 1, 7) as last_month,
        {%- for change in ['changed', 'gone', 'new'] %}
        count(*) filter (where change = '{{ change }}') as month_ends_{{ change }},
        {%- endfor %}
        count(*) filter (where is_closed and balance_previewed is distinct from balance_published) as month_ends_closed,
        coalesce(sum(case when change <> 'new' then difference end), 0) as difference_of_published,
        coalesce(sum(case when change = 'new' then difference end), 0) as balance_of_new
    from ({{ previewed_month_ends(build) }}) as month_ends
    group by feed, currency
    order by feed, currency
{% endmacro %}

{% macro previewed_month_ends(build=none) %}
    {%- set key = ['feed', 'account_id', 'currency', 'month'] -%}
    {%- set values = month_end_values() | reject('in', ['breaks', 'checkpoint_month', 'checkpoint_balance', 'has_certain_day']) | list -%}
    {%- set versions = ref('month_end_versions') -%}
    {#- A literal, so that only these months are read. -#}
    {%- set first = ask(
        'select cast(min(month) as varchar) from ' ~ versions ~ ' where publication_id = ' ~ previewed_build(build), versions
    ) -%}
    with

    closed_months as (
        select month
        from (
            select
                closes.month,
                closes.event,
                row_number() over (partition by closes.month order by closes.closed_at_utc desc) as recency
            from {{ ref('closes') }} as closes
            where closes.publication_id = {{ previewed_build(build) }}
                or closes.publication_id in (
                    select publications.publication_id from {{ previewed_publications(build) }} as publications
                )
        ) as events
        where recency = 1
            and event = 'close'
    ),

    previewed as (
        select * from {{ versions }}
        where publication_id = {{ previewed_build(build) }}
    ),

    published as (
        select * from ({{ last_versions(versions, previewed_publications(build), ref('publication_feeds')) }}) as standing
        where {{ "month >= date '" ~ first[0][0] ~ "'" if first and first[0][0] else 'false' }}
    ),

    compared as (
        select
            previewed.{{ key | join(', previewed.') }},
            closed_months.month is not null as is_closed,
            case
                when previewed.is_gone then 'gone'
                when published.month is null then 'new'
                else 'changed'
            end as change,
            published.balance as balance_published,
            previewed.balance as balance_previewed,
            cast(coalesce(previewed.balance, 0) - coalesce(published.balance, 0) as decimal(38, 4)) as difference,
            case
                when not previewed.is_gone and published.month is not null
                    then substr(
                        {%- for value in values %}
                        case when previewed.{{ value }} is distinct from published.{{ value }} then ', {{ value }}' else '' end ||
                        {%- endfor %}
                        case when {{ previewed_breaks('previewed') }} <> {{ previewed_breaks('published') }} then ', breaks' else '' end, 3
                    )
            end as values_changed
        from previewed
        left join published
            on {{ same(key, 'previewed', 'published') }}
        left join closed_months
            on previewed.month = closed_months.month
    )

    select * from compared
    where change <> 'changed'
        or values_changed <> ''
{% endmacro %}

{# The text of a month's breaks, of which engines join the days in two ways: Trino keeps what stands before a missing one. #}
{% macro previewed_breaks(alias) %}
    {{ return("replace(coalesce(" ~ alias ~ ".breaks, ''), '; ', '')") }}
{% endmacro %}
