{# The columns that every staging model of a feed gives, in this order. #}
{% macro canonical_columns() %}
    {{ return([
        'feed', 'business_key', 'transaction_id', 'account_id', 'amount', 'currency', 'booked_at', 'booking_date',
        'balance_after', 'row_hash', 'run_id', 'row_number', 'line_number', 'ingest_date', 'known_at', 'raw_record',
        'rejection_reasons', 'rejection_details',
    ]) }}
{% endmacro %}
