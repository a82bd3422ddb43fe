{#
    What the words of a contract do to the delivered texts before the rules see them, in their order: a list of steps, each with
    `name`, `replaced` (column -> SQL of its new text) and `added` (further column -> SQL), from the relation `delivered`. A
    contract without these words has no steps.
#}
{% macro translation_steps(feed) %}
    {%- set terms = contract(feed) -%}
    {%- set steps = [] -%}
    {%- for step in [
        {'name': 'trimmed', 'replaced': _trims(terms), 'added': {}},
        {'name': 'without_nulls', 'replaced': _nulls(terms), 'added': _condition_met(terms)},
        _extracts(terms),
        _fills(terms),
        {'name': 'translated', 'replaced': _values(terms), 'added': {}},
        {'name': 'plain', 'replaced': {}, 'added': _plain_texts(terms)},
        {'name': 'told_apart', 'replaced': {}, 'added': _passed_over(terms)},
    ] if step.replaced or step.added -%}
        {%- do steps.append(step) -%}
    {%- endfor -%}
    {%- if steps -%}
        {#- Of the texts as they came. -#}
        {%- do steps[0].added.update({'raw_record': raw_record(feed)}) -%}
    {%- endif -%}
    {{ return(steps) }}
{% endmacro %}

{# Blanks are those of Unicode, as Python's str.strip takes them off. #}
{% macro _trims(terms) %}
    {%- set replaced = {} -%}
    {%- set blanks = '[\\x09-\\x0d\\x1c-\\x20\\x{0085}\\x{00A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}]+' -%}
    {%- for name in terms.columns if terms.meta.get('trim') -%}
        {%- do replaced.update({name: regexp_replace(named(name, 'delivered'), '^' ~ blanks ~ '|' ~ blanks ~ '\\z')}) -%}
    {%- endfor -%}
    {{ return(replaced) }}
{% endmacro %}

{% macro _nulls(terms) %}
    {%- set replaced = {} -%}
    {%- for name, column in terms.columns.items() -%}
        {%- set texts = texts_of(column.get('null') or terms.meta.get('null')) -%}
        {%- if texts -%}
            {%- set value = named(name, 'delivered') -%}
            {%- do replaced.update({name: 'case when ' ~ value ~ ' not in (' ~ _literals(texts) ~ ') then ' ~ value ~ ' end'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(replaced) }}
{% endmacro %}

{# The place of the first condition of `pass_over` that the row meets; those that state a balance come before the others. #}
{% macro _condition_met(terms) %}
    {%- set stating = [] -%}
    {%- set others = [] -%}
    {%- for condition in terms.meta.get('pass_over') or [] -%}
        {%- set cells = [] -%}
        {%- for name, cell in condition.items() if name != 'states' -%}
            {%- do cells.append(_cell_is('coalesce(' ~ named(name, 'delivered') ~ ", '')", cell)) -%}
        {%- endfor -%}
        {%- do (stating if condition.get('states') else others).append('when ' ~ cells | join(' and ') ~ ' then ' ~ loop.index) -%}
    {%- endfor -%}
    {%- set cases = stating + others -%}
    {{ return({'condition__met': 'case ' ~ cases | join(' ') ~ ' end'} if cases else {}) }}
{% endmacro %}

{% macro _cell_is(value, cell) %}
    {%- if cell is mapping and 'pattern' in cell -%}
        {{ return(regexp_like(value, whole(cell.pattern))) }}
    {%- elif cell is mapping and 'except' in cell -%}
        {{ return(value ~ ' not in (' ~ _literals(texts_of(cell['except'])) ~ ')') }}
    {%- endif -%}
    {{ return(value ~ ' in (' ~ _literals(texts_of(cell.texts if cell is mapping else cell)) ~ ')') }}
{% endmacro %}

{# A cell that does not fit has no value and is marked, so that nothing else is made of it. #}
{% macro _extracts(terms) %}
    {%- set replaced = {} -%}
    {%- set added = {} -%}
    {%- for name, column in terms.columns.items() if column.extract -%}
        {%- do replaced.update({name: regexp_group(named(name, 'delivered'), whole(column.extract))}) -%}
        {%- do added.update({name ~ '__unfit': 'coalesce(' ~ breaks_pattern(named(name, 'delivered'), column.extract) ~ ', false)'}) -%}
    {%- endfor -%}
    {{ return({'name': 'extracted', 'replaced': replaced, 'added': added}) }}
{% endmacro %}

{# An empty cell below one that does not fit its pattern has no value either, rather than that of an older one. #}
{% macro _fills(terms) %}
    {%- set window = 'partition by delivered.file_id, delivered.ingest_date order by delivered.row_number rows between unbounded preceding and current row' -%}
    {%- set replaced = {} -%}
    {%- for name, column in terms.columns.items() if column.carry or column.default is not none and column.default is defined -%}
        {%- set value = named(name, 'delivered') -%}
        {%- set unfit = named(name ~ '__unfit', 'delivered') -%}
        {%- if column.carry and column.extract -%}
            {%- do replaced.update({
                name: last_known('case when ' ~ unfit ~ " then '' else nullif(" ~ value ~ ", '') end", window),
                name ~ '__unfit': 'coalesce(' ~ last_known('case when ' ~ unfit ~ ' or ' ~ value ~ " <> '' then " ~ unfit ~ ' end', window) ~ ', false)',
            }) -%}
        {%- elif column.carry -%}
            {%- do replaced.update({name: last_known('nullif(' ~ value ~ ", '')", window)}) -%}
        {%- else -%}
            {%- do replaced.update({name: 'case when ' ~ (unfit ~ ' then null when ' if column.extract else '')
                ~ is_missing(value) ~ ' then ' ~ sql_text(column.default) ~ ' else ' ~ value ~ ' end'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'name': 'filled', 'replaced': replaced, 'added': {}}) }}
{% endmacro %}

{% macro _values(terms) %}
    {%- set replaced = {} -%}
    {%- for name, column in terms.columns.items() if column['values'] is mapping -%}
        {%- set cases = [] -%}
        {%- for text, meaning in column['values'].items() -%}
            {%- do cases.append('when ' ~ sql_text(text) ~ ' then ' ~ sql_text(meaning)) -%}
        {%- endfor -%}
        {%- do replaced.update({name: 'case ' ~ named(name, 'delivered') ~ ' ' ~ cases | join(' ') ~ ' else ' ~ named(name, 'delivered') ~ ' end'}) -%}
    {%- endfor -%}
    {{ return(replaced) }}
{% endmacro %}

{% macro _plain_texts(terms) %}
    {%- set added = {} -%}
    {%- for name, column in terms.columns.items() if has_format(terms, name) -%}
        {%- if column.type in ('date', 'timestamp') -%}
            {%- do added.update({name ~ '__plain': iso_text(named(name, 'delivered'), column)}) -%}
        {%- else -%}
            {%- do added.update({name ~ '__plain': plain_number(named(name, 'delivered'), number_format(terms.meta, number_words(terms, name)))}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(added) }}
{% endmacro %}

{# Whether the row is passed over, and the balance that it states. One that states a balance of which no number can be read is not. #}
{% macro _passed_over(terms) %}
    {%- if not terms.meta.get('pass_over') -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set unread = [] -%}
    {%- set kinds = [] -%}
    {%- set balances = [] -%}
    {%- for condition in terms.meta.pass_over -%}
        {%- set met = 'when delivered.condition__met = ' ~ loop.index -%}
        {%- for kind, name in (condition.get('states') or {}).items() -%}
            {%- set balance = turned(terms, typed_number(terms, name)) -%}
            {%- do unread.append(met ~ " then " ~ is_missing(named(name, 'delivered')) ~ " or (" ~ balance ~ ') is not null') -%}
            {%- do kinds.append(met ~ ' and (' ~ balance ~ ') is not null then ' ~ sql_text(kind)) -%}
            {%- do balances.append(met ~ ' then ' ~ balance) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({
        'is_passed_over': 'case ' ~ unread | join(' ') ~ ' else delivered.condition__met is not null end'
            if unread else 'delivered.condition__met is not null',
        'stated_kind': 'cast(' ~ ('case ' ~ kinds | join(' ') ~ ' end' if kinds else 'null') ~ ' as varchar)',
        'stated_balance': 'cast(' ~ ('case ' ~ balances | join(' ') ~ ' end' if balances else 'null') ~ ' as decimal(24, 4))',
    }) }}
{% endmacro %}
