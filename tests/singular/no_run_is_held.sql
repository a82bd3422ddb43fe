-- A held run fails the build and says what to do; everything else has been published by then, because nothing is built
-- after held_runs.
{% if execute and flags.WHICH in ('build', 'test') -%}
    {%- for row in run_query('select message from ' ~ ref('held_runs') ~ ' order by known_at, run_id').rows -%}
        {%- do log('HELD: ' ~ row[0], info=true) -%}
    {%- endfor -%}
{%- endif %}

select * from {{ ref('held_runs') }}
