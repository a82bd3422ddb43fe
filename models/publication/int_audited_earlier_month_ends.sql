-- The month-ends as earlier publications have left them, read from the records for the audits alone.
{{ last_versions(earlier('month_end_versions'), ref('earlier_publications'), earlier('publication_feeds')) }}
