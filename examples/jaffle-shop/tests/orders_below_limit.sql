-- Orders above the limit are typing errors. `--vars 'order_limit_cents: 100'` makes this fail.
select order_id, total_cents
from {{ ref('orders') }}
where total_cents > {{ var('order_limit_cents') }}
