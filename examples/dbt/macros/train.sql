{# The model is in the target's schema, so that developers and production have one each. #}
{% macro shop_anomalies() %}{{ target.schema }}.shop_anomalies{% endmacro %}


{# The statement that trains it on a relation: for hooks. #}
{% macro train_shop_anomalies(relation) %}
CREATE OR REPLACE FEDERATED MODEL {{ shop_anomalies() }} PARTITION BY store_id
OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = {{ var('clusters') }},
         GLOBAL_NUM_CLUSTERS = {{ var('global_clusters') }}, SEED = 2)
AS SELECT store_id, avg_order_value, total_orders FROM {{ relation }}
{% endmacro %}


{# dbt run-operation alias_champion --args '{version: 1}' #}
{% macro alias_champion(version) %}
{% do run_query("ALTER MODEL " ~ shop_anomalies() ~ " SET ALIAS champion = " ~ version) %}
{% endmacro %}


{# dbt run-operation show_models: what is in MLflow. #}
{% macro show_models() %}
{% for row in run_query("SHOW MODELS") %}
{% do log(row[1] ~ " version " ~ row[2], info=true) %}
{% endfor %}
{% endmacro %}
