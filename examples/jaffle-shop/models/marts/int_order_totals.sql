{{ config(materialized='ephemeral') }}
select
    items.order_id,
    sum(items.quantity) as item_count,
    sum(items.quantity * products.price_cents) as total_cents
from {{ ref('stg_order_items') }} as items
inner join {{ ref('stg_products') }} as products on items.sku = products.sku
group by items.order_id
