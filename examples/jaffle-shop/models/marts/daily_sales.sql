{{ config(materialized='incremental', unique_key='ordered_on') }}
select
    ordered_on,
    count(*) as order_count,
    cast(sum(total_cents) as bigint) as sales_cents
from {{ ref('orders') }}
where status = 'completed'
{% if is_incremental() %}
    and ordered_on >= (select coalesce(max(ordered_on), date '1970-01-01') from {{ this }})
{% endif %}
group by ordered_on
