-- An account's open row in accounts_snapshot says what the account is; `dbt snapshot` writes what a build has left out.
select
    accounts.*,
    kept.dbt_valid_from
from {{ ref('accounts') }} as accounts
left join {{ ref('accounts_snapshot') }} as kept
    on accounts.account_id = kept.account_id
        and kept.dbt_valid_to is null
where (
    kept.currency = accounts.currency
    and kept.opened_on = accounts.opened_on
    and kept.closed_on is not distinct from accounts.closed_on
    and kept.status = accounts.status
) is distinct from true
and {{ rows_to_test('accounts.run_id') }}
