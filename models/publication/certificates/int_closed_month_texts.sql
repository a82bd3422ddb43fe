-- Per month to be certified what it was closed on in words: the roll-forward by feed and currency, and the feeds that
-- had not reached it.
with

closed_balances as (

    select * from {{ ref('int_closed_balances') }}
    where publication_id = {{ publication_id() }}
        and version_id is not null

),

totals as (

    select
        month,
        feed || ' ' || currency as place,
        cast(sum(opening_balance) as varchar)
        || ' + '
        || cast(sum(movement) as varchar)
        || ' + '
        || cast(sum(break_amount) as varchar)
        || ' = ' || cast(sum(balance) as varchar) as total
    from closed_balances
    group by month, feed, currency

),

money as (

    select
        month,
        {{ dbt.listagg("place || ': ' || total", "', '", 'order by place') }} as money
    from totals
    group by month

),

-- Feeds that bring entries and had delivered by the close.
delivered as (

    select distinct
        files.month,
        files.feed
    from {{ ref('int_closed_files') }} as files
    inner join {{ ref('int_feeds') }} as feeds
        on {{ same(['feed', 'publication_id'], 'files', 'feeds') }}
            and feeds.kind = 'entries'
    where files.publication_id = {{ publication_id() }}
        and files.is_known

),

reached as (

    select distinct
        month,
        feed
    from closed_balances

),

not_reached as (

    select
        delivered.month,
        {{ dbt.listagg('delivered.feed', "', '", 'order by delivered.feed') }} as feeds_not_reached
    from delivered
    left join reached
        on {{ same(['month', 'feed'], 'delivered', 'reached') }}
    where reached.feed is null
    group by delivered.month

)

select
    coalesce(money.month, not_reached.month) as month,
    money.money,
    not_reached.feeds_not_reached
from money
full outer join not_reached
    on money.month = not_reached.month
