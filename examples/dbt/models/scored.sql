{# Every customer with local and global cluster and anomaly score; the hook trains the next version. #}
{{ config(pre_hook="{{ train_shop_anomalies(ref('customers')) }}") }}

SELECT *
FROM model_predict({{ shop_anomalies() }}, SELECT * FROM {{ ref('customers') }})
