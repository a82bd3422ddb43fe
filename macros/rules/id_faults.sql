{#
    Why a text cannot be an id: a list of mappings with `fault` and `condition` (SQL, true where the text has the fault).

    Blanks and characters that are not seen are those of Unicode: an id with one would look like another id and not join to it.
    Blanks inside, line ends among them, are part of an id.
    Engines know its categories by older and newer versions of it, so what has come to one since the oldest is added, as are the
    few letters and marks that are shown as nothing ("default ignorable").
    A spreadsheet writes a long number as 4.1E+15, a value that is none as #REF!, and one without room as ####.
#}
{% macro id_faults(value) %}
    {%- set blank = '[\\p{Z}\\t-\\r\\x{0085}\\x{180E}]' -%}
    {%- set since = '\\x{0605}\\x{061C}\\x{0890}\\x{0891}\\x{08E2}\\x{180E}\\x{2066}-\\x{2069}\\x{110CD}\\x{13430}-\\x{1343F}\\x{1BCA0}-\\x{1BCA3}' -%}
    {%- set ignorable = '\\x{034F}\\x{115F}\\x{1160}\\x{17B4}\\x{17B5}\\x{180B}-\\x{180D}\\x{180F}\\x{3164}\\x{FE00}-\\x{FE0F}\\x{FFA0}\\x{E0100}-\\x{E01EF}' -%}
    {%- set controls = '\\x00-\\x08\\x0E-\\x1F\\x7F-\\x{0084}\\x{0086}-\\x{009F}' -%}
    {%- set unseen = '[' ~ controls ~ '\\p{Cf}' ~ since ~ ignorable ~ ']' -%}
    {%- set number = '^[+-]?[0-9]+([.,][0-9]+)?[Ee][+][0-9]+\\z' -%}
    {%- set error = '^#(#*|NV|\\p{Lu}/\\p{Lu}|[\\p{Lu}0-9/_¡¿]+[!?])\\z' -%}
    {{ return([
        {'fault': 'begins or ends with a blank', 'condition': regexp_like(value, '^' ~ blank ~ '|' ~ blank ~ '\\z')},
        {'fault': 'holds a character that is not seen', 'condition': regexp_like(value, unseen)},
        {'fault': 'is a number or an error of a spreadsheet', 'condition': regexp_like(value, number ~ '|' ~ error)},
    ]) }}
{% endmacro %}
