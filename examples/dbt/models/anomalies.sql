{# A view: it scores when it is read, by the version that is the latest then. #}
{{ config(materialized='view') }}
-- depends_on: {{ ref('scored') }}
SELECT store_id, customer_id, anomaly_score, anomaly_reason
FROM model_predict({{ shop_anomalies() }}, SELECT * FROM {{ ref('customers') }})
WHERE is_anomaly
