{#
    The accounts that open runs brought rows for, whatever became of them (a broken build may have let them into the
    ledger), and the day from which each has to be closed again (`reclose_from`): its first day with a new row, or an earlier
    day that was decided by its neighbours and has no certain day in between.

    `days` is the relation of daily closings that tells which days these are.
#}
{% macro accounts_to_reclose(days) %}
    select
        touched.feed,
        touched.account_id,
        touched.currency,
        least(touched.first_new_day, coalesce(min(leaning.booking_date), touched.first_new_day)) as reclose_from
    from (
        select
            entries.feed,
            entries.account_id,
            entries.currency,
            entries.first_new_day,
            max(case when days.decided_by = 'chain' then days.booking_date end) as last_certain_day
        from (
            select feed, account_id, currency, min(booking_date) as first_new_day
            from {{ ref('int_entries_classified') }}
            where {{ is_open_run() }}
            group by feed, account_id, currency
        ) as entries
        left join {{ days }} as days
            on {{ same(['feed', 'account_id', 'currency'], 'entries', 'days') }}
                and entries.first_new_day > days.booking_date
        group by entries.feed, entries.account_id, entries.currency, entries.first_new_day
    ) as touched
    left join {{ days }} as leaning
        on {{ same(['feed', 'account_id', 'currency'], 'touched', 'leaning') }}
            and touched.first_new_day > leaning.booking_date
            and leaning.booking_date > coalesce(touched.last_certain_day, date '0001-01-01')
            and leaning.decided_by in ('neighbours', 'undecided')
    group by touched.feed, touched.account_id, touched.currency, touched.first_new_day
{% endmacro %}
