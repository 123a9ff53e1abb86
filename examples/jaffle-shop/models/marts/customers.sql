select
    customers.customer_id,
    customers.customer_name,
    customers.email,
    customers.city,
    count(orders.order_id) as order_count,
    coalesce(sum(orders.total_cents), 0) as spent_cents
from {{ ref('stg_customers') }} as customers
left join {{ ref('orders') }} as orders
    on customers.customer_id = orders.customer_id and orders.status = 'completed'
group by customers.customer_id, customers.customer_name, customers.email, customers.city
