{# Silhouettes of each store under its local and the global model: judged after the training. #}
-- depends_on: {{ ref('scored') }}
SELECT *
FROM model_evaluate({{ shop_anomalies() }}, TABLE({{ ref('customers') }}))
