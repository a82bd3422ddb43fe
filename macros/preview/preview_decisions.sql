{# Select of the decisions that a build that did not commit took into account for the first time. #}
{% macro preview_decisions(build=none, limit=none) %}
    select
        decisions.decision,
        decisions.file_id,
        decisions.row_number,
        decisions.reason,
        decisions.decided_by,
        decisions.decided_at
    from {{ ref('decisions') }} as decisions
    where decisions.publication_id = {{ previewed_build(build) }}
    order by decisions.decided_at, decisions.file_id, decisions.row_number
    {{ at_most(limit) }}
{% endmacro %}

{# Select of the closes and reopenings of months that it took into account for the first time. #}
{% macro preview_closes(build=none) %}
    select
        substr(cast(closes.month as varchar), 1, 7) as month,
        closes.event,
        closes.closed_at,
        closes.closed_by,
        closes.reason
    from {{ ref('closes') }} as closes
    where closes.publication_id = {{ previewed_build(build) }}
    order by closes.closed_at_utc, closes.month
{% endmacro %}

{# Select of the certificates of closed months that would get another version. #}
{% macro preview_certificates(build=none) %}
    select
        substr(cast(certificates.month as varchar), 1, 7) as month,
        certificates.verdict,
        certificates.is_provisional,
        certificates.restatement_count
    from {{ ref('close_certificates') }} as certificates
    where certificates.publication_id = {{ previewed_build(build) }}
    order by certificates.month
{% endmacro %}
