-- The statements of "Federated Learning for Anomaly Detection in E-commerce: A ML-SQL Approach"
-- (Anil Malkani), as they stand from the first CREATE MODEL to the last SELECT. White space at the
-- ends of lines is removed, nothing else.

CREATE MODEL anomaly_comfort_wear_store_view
           TRANSFORM (
               vector_assembler(array(
                   standardized_avg_order_value,
                   standardized_total_orders,
                   standardized_customer_lifetime,
                   standardized_days_since_last_purchase
               )) features
           )
           OPTIONS (
               MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 2
           )
  AS
SELECT sf.standardized_avg_order_value as standardized_avg_order_value,
       sf.standardized_total_orders as standardized_total_orders,
       sf.standardized_customer_lifetime as standardized_customer_lifetime,
       sf.standardized_days_since_last_purchase as standardized_days_since_last_purchase
FROM
  (select explode(store_features) as sf
   FROM  src_for_fedlrn where store_id = 'comfort_wear_store_view');

select * from  model_evaluate (anomaly_comfort_wear_store_view, 1,
                         SELECT sf.standardized_avg_order_value as avg_order_value,
                                sf.standardized_total_orders as avg_total_orders,
                                sf.standardized_customer_lifetime as avg_customer_lifetime,
                                sf.standardized_days_since_last_purchase as avg_days_since_last_purchase
                         FROM
                            (SELECT explode(store_features) AS sf
                             FROM  src_for_fedlrn where store_id = 'comfort_wear_store_view' ) );

create temp table lmodel_comfort_wear_store_view  as
  select * from model_predict ( anomaly_comfort_wear_store_view, 1,
                 SELECT sf.standardized_avg_order_value as standardized_avg_order_value,
                        sf.standardized_total_orders as standardized_total_orders,
                        sf.standardized_customer_lifetime as standardized_customer_lifetime,
                        sf.standardized_days_since_last_purchase as standardized_days_since_last_purchase
                 FROM
                     (select explode(store_features) as sf
                        FROM  src_for_fedlrn where store_id = 'comfort_wear_store_view') );

SELECT prediction, count(1) AS cluster_size,
     avg(standardized_avg_order_value) AS avg_order_value,
     avg(standardized_total_orders) AS avg_total_orders,
     avg(standardized_customer_lifetime) AS avg_customer_lifetime,
     avg(standardized_days_since_last_purchase) AS avg_days_since_last_purchase
FROM  lmodel_comfort_wear_store_view
GROUP BY prediction;

CREATE MODEL anomaly_sporty_style_store_view
           TRANSFORM (
               vector_assembler(array(
                   standardized_avg_order_value,
                   standardized_total_orders,
                   standardized_customer_lifetime,
                   standardized_days_since_last_purchase
               )) features
           )
           OPTIONS (
               MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 2
           )
  AS
SELECT sf.standardized_avg_order_value as standardized_avg_order_value,
       sf.standardized_total_orders as standardized_total_orders,
       sf.standardized_customer_lifetime as standardized_customer_lifetime,
       sf.standardized_days_since_last_purchase as standardized_days_since_last_purchase
FROM
  (select explode(store_features) as sf
   FROM  src_for_fedlrn where store_id = 'sporty_style_store_view');

select * from  model_evaluate (anomaly_sporty_style_store_view, 1,
                         SELECT sf.standardized_avg_order_value as avg_order_value,
                                sf.standardized_total_orders as avg_total_orders,
                                sf.standardized_customer_lifetime as avg_customer_lifetime,
                                sf.standardized_days_since_last_purchase as avg_days_since_last_purchase
                         FROM
                            (SELECT explode(store_features) AS sf
                             FROM  src_for_fedlrn where store_id = 'sporty_style_store_view'));

create temp table lmodel_sporty_style_store_view  as
  select * from model_predict ( anomaly_sporty_style_store_view, 1,
                 SELECT sf.standardized_avg_order_value as standardized_avg_order_value,
                        sf.standardized_total_orders as standardized_total_orders,
                        sf.standardized_customer_lifetime as standardized_customer_lifetime,
                        sf.standardized_days_since_last_purchase as standardized_days_since_last_purchase
                 FROM
                     (select explode(store_features) as sf
                        FROM  src_for_fedlrn where store_id = 'sporty_style_store_view') );

SELECT prediction, count(1) AS cluster_size,
       avg(standardized_avg_order_value) AS avg_order_value,
       avg(standardized_total_orders) AS avg_total_orders,
       avg(standardized_customer_lifetime) AS avg_customer_lifetime,
       avg(standardized_days_since_last_purchase) AS avg_days_since_last_purchase
FROM  lmodel_sporty_style_store_view
GROUP BY prediction;

SELECT
        prediction as local_prediction,
        cast ('comfort_wear_store_view' as string) as store_id,
        count(1) AS cluster_size,
        avg(standardized_avg_order_value) AS avg_order_value,
        avg(standardized_total_orders) AS avg_total_orders,
        avg(standardized_customer_lifetime) AS avg_customer_lifetime,
        avg(standardized_days_since_last_purchase) AS avg_days_since_last_purchase
    FROM lmodel_comfort_wear_store_view
    GROUP BY local_prediction
union all
SELECT
        prediction as local_prediction,
        cast ('sporty_style_store_view' as string) as store_id,
        count(1) AS cluster_size,
        avg(standardized_avg_order_value) AS avg_order_value,
        avg(standardized_total_orders) AS avg_total_orders,
        avg(standardized_customer_lifetime) AS avg_customer_lifetime,
        avg(standardized_days_since_last_purchase) AS avg_days_since_last_purchase
    FROM lmodel_sporty_style_store_view
    GROUP BY local_prediction;

CREATE MODEL global_anomaly_fedmodel
    TRANSFORM (
        vector_assembler(array(
            avg_order_value,
            avg_total_orders,
            avg_customer_lifetime,
            avg_days_since_last_purchase
        )) features
    )
    OPTIONS (
        MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 42
    )
AS
SELECT
        prediction as local_prediction,
        cast ('comfort_wear_store_view' as string) as store_id,
        count(1) AS cluster_size,
        avg(standardized_avg_order_value) AS avg_order_value,
        avg(standardized_total_orders) AS avg_total_orders,
        avg(standardized_customer_lifetime) AS avg_customer_lifetime,
        avg(standardized_days_since_last_purchase) AS avg_days_since_last_purchase
    FROM lmodel_comfort_wear_store_view
    GROUP BY local_prediction
union all
SELECT
     prediction as local_prediction,
     cast ('sporty_style_store_view' as string) as store_id,
     count(1) AS cluster_size,
     avg(standardized_avg_order_value) AS avg_order_value,
     avg(standardized_total_orders) AS avg_total_orders,
     avg(standardized_customer_lifetime) AS avg_customer_lifetime,
     avg(standardized_days_since_last_purchase) AS avg_days_since_last_purchase
    FROM lmodel_sporty_style_store_view
    GROUP BY local_prediction;

SELECT * from  model_evaluate (global_anomaly_fedmodel, 1,
                     SELECT sf.standardized_avg_order_value as avg_order_value,
                                sf.standardized_total_orders as avg_total_orders,
                                sf.standardized_customer_lifetime as avg_customer_lifetime,
                                sf.standardized_days_since_last_purchase as
                                                                            avg_days_since_last_purchase
                     FROM
                       ( SELECT explode(store_features) AS sf
                         FROM  src_for_fedlrn where store_id = 'comfort_wear_store_view'));

select * from  model_evaluate (global_anomaly_fedmodel, 1,
                       SELECT sf.standardized_avg_order_value as avg_order_value,
                              sf.standardized_total_orders as avg_total_orders,
                              sf.standardized_customer_lifetime as avg_customer_lifetime,
                              sf.standardized_days_since_last_purchase as avg_days_since_last_purchase
                        FROM
                           (SELECT explode(store_features) as sf
                            FROM  src_for_fedlrn where store_id = 'sporty_style_store_view'));

CREATE TEMP TABLE gmodel_comfy_wear_predict as
 SELECT * FROM model_predict (global_anomaly_fedmodel, 1,
                             SELECT sf.standardized_avg_order_value as avg_order_value,
                                    sf.standardized_total_orders as avg_total_orders,
                                    sf.standardized_customer_lifetime as avg_customer_lifetime,
                                    sf.standardized_days_since_last_purchase as avg_days_since_last_purchase
                             FROM
                                 (SELECT explode(store_features) as sf
                                  FROM  src_for_fedlrn
                                  WHERE store_id = 'comfort_wear_store_view')
       )
;

SELECT prediction,
       count(1) AS cluster_size,
       avg(avg_order_value) AS avg_order_value,
       avg(avg_total_orders) AS avg_total_orders,
       avg(avg_customer_lifetime) AS avg_customer_lifetime,
       avg(avg_days_since_last_purchase) AS avg_days_since_last_purchase
FROM gmodel_comfy_wear_predict
GROUP BY prediction;

CREATE TEMP TABLE gmodel_sporty_style_predict as
 SELECT * FROM model_predict (global_anomaly_fedmodel, 1,
                             SELECT sf.standardized_avg_order_value as avg_order_value,
                                    sf.standardized_total_orders as avg_total_orders,
                                    sf.standardized_customer_lifetime as avg_customer_lifetime,
                                    sf.standardized_days_since_last_purchase as avg_days_since_last_purchase
                             FROM
                                 (SELECT explode(store_features) as sf
                                  FROM  src_for_fedlrn
                                  WHERE store_id = 'sporty_style_store_view')
   );

SELECT prediction,
       count(1) AS cluster_size,
       avg(avg_order_value) AS avg_order_value,
       avg(avg_total_orders) AS avg_total_orders,
       avg(avg_customer_lifetime) AS avg_customer_lifetime,
       avg(avg_days_since_last_purchase) AS avg_days_since_last_purchase
FROM gmodel_sporty_style_predict
GROUP BY prediction;
