{# The columns of the record `publications` and their types: its model casts to them, and Athena's table is created with them. #}
{% macro publication_columns() %}
    {{ return({
        'publication_id': 'varchar',
        'publication_number': 'bigint',
        'previous_publication_id': 'varchar',
        'published_at': 'timestamp(6)',
        'clock': 'varchar',
        'project_version': 'varchar',
        'invocation_id': 'varchar',
        'target_name': 'varchar',
        'published_by': 'varchar',
        'file_count': 'bigint',
        'row_count': 'bigint',
        'version_count': 'bigint',
    }) }}
{% endmacro %}
