select
    orders.order_id,
    orders.customer_id,
    orders.ordered_on,
    orders.status,
    coalesce(totals.item_count, 0) as item_count,
    coalesce(totals.total_cents, 0) as total_cents
from {{ ref('stg_orders') }} as orders
left join {{ ref('int_order_totals') }} as totals on orders.order_id = totals.order_id
