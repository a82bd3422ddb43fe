-- The last version of each account-month that earlier publications published: the month-ends that stand, and of a month
-- that is reported no more the version that ended it.
with

replacing as (
    {{ replacing_versions(earlier('month_end_versions'), ref('earlier_publications')) }}
)

select * from {{ ref('earlier_month_ends') }}
union all
select gone.*
from {{ earlier('month_end_versions') }} as gone
inner join {{ ref('earlier_publications') }} as publications
    on gone.publication_id = publications.publication_id
left join replacing
    on {{ same(['feed', 'account_id', 'currency', 'month'], 'gone', 'replacing') }}
        and gone.publication_id = replacing.previous_publication_id
where gone.is_gone
    and replacing.previous_publication_id is null
