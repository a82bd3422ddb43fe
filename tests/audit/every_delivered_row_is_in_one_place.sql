-- Every line of a file that passes is in one place, by the rows themselves; of an erased file none is left. Each row
-- number is there once: the numbers and their squares add up to those of all lines, and so do those of the malformed
-- ones. Nothing is divided: one engine would round.
{%- set sums = [
    'count(*) as row_count',
    'sum(cast(row_number as decimal(38, 0))) as numbers',
    'sum(cast(row_number as decimal(38, 0)) * row_number) as squares',
] %}
with

written as (

    select file_id, {{ sums | join(', ') }} from {{ ref('accepted_rows') }}
    where publication_id = {{ publication_id() }}
    group by file_id
    union all
    select file_id, {{ sums | join(', ') }} from {{ ref('account_records') }}
    where publication_id = {{ publication_id() }}
    group by file_id
    union all
    select file_id, {{ sums | join(', ') }} from {{ ref('set_aside_rows') }}
    where publication_id = {{ publication_id() }}
    group by file_id

),

malformed_lines as (

    select
        malformed_rows.file_id,
        malformed_rows.row_number
    from {{ ref('stg_malformed_rows') }} as malformed_rows
    where {{ of_files(files_evaluated(), 'malformed_rows') }}

),

malformed as (

    select file_id, {{ sums | join(', ') }} from malformed_lines
    group by file_id

),

found as (

    select
        file_id,
        sum(row_count) as row_count,
        sum(numbers) as numbers,
        sum(squares) as squares
    from written
    group by file_id

),

files as (

    select
        file_id,
        rows_delivered,
        rows_malformed,
        rows_erased,
        rows_delivered - rows_erased as rows_to_find
    from {{ ref('stg_files') }}

),

evaluations as (
    {{ rows_of(ref('file_evaluations')) }}
),

changed as (

    select file_id, {{ sums | join(', ') }} from {{ ref('row_changes') }}
    where publication_id = {{ publication_id() }}
    group by file_id

)

select
    coalesce(evaluations.file_id, found.file_id) as file_id,
    evaluations.feed,
    evaluations.kind,
    evaluations.verdict,
    evaluations.rows_delivered,
    evaluations.rows_malformed,
    found.row_count
from evaluations
full outer join found
    on evaluations.file_id = found.file_id
left join files
    on evaluations.file_id = files.file_id
left join malformed
    on evaluations.file_id = malformed.file_id
left join changed
    on evaluations.file_id = changed.file_id
where
    case
        when evaluations.verdict <> 'passed' then found.row_count is null
        else
            evaluations.rows_delivered
            = evaluations.rows_malformed + evaluations.rows_accepted + evaluations.rows_quarantined
            + evaluations.rows_condemned + evaluations.rows_duplicate + evaluations.rows_passed_over
            and evaluations.rows_delivered = files.rows_delivered
            and evaluations.rows_malformed = files.rows_malformed
            and {{ is_erased('evaluations') }} = (files.rows_erased > 0)
            and case
                when evaluations.kind = 'rows'
                    -- A file that was held, and is what it was before, has no row to write.
                    then found.row_count is not distinct from changed.row_count
                        and found.numbers is not distinct from changed.numbers
                        and found.squares is not distinct from changed.squares
                else
                    coalesce(found.row_count, 0) + coalesce(malformed.row_count, 0) = files.rows_to_find
                    and 2 * (coalesce(found.numbers, 0) + coalesce(malformed.numbers, 0))
                    = cast(files.rows_to_find as decimal(38, 0)) * (files.rows_to_find + 1)
                    and 6 * (coalesce(found.squares, 0) + coalesce(malformed.squares, 0))
                    = cast(files.rows_to_find as decimal(38, 0))
                    * (files.rows_to_find + 1) * (2 * files.rows_to_find + 1)
            end
    end is distinct from true
