-- A held run fails the build and says what to do; everything else has been published by then, because nothing is built
-- after held_runs. The messages are raised, so that they stand in the last lines of the output.
{% if execute and flags.WHICH in ('build', 'test') -%}
    {%- set messages = [] -%}
    {%- for row in run_query('select message from ' ~ ref('held_runs') ~ ' order by known_at, run_id').rows -%}
        {%- do messages.append('HELD: ' ~ row[0]) -%}
    {%- endfor -%}
    {%- if messages -%}
        {{ exceptions.raise_compiler_error(messages | join('\n')) }}
    {%- endif -%}
{%- endif %}

select * from {{ ref('held_runs') }}
