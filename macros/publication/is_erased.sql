{#
    SQL condition on a row of file_evaluations: the file was erased, and all its rows count as passed over. Of a file that is withdrawn
    and not erased, none does: its rows are condemned.
#}
{%- macro is_erased(alias) -%}
    coalesce({{ alias }}.decision = 'withdraw' and {{ alias }}.rows_passed_over > 0, false)
{%- endmacro %}
