-- depends_on: {{ ref('raw_products') }}
select
    sku,
    product_name,
    price_cents
from {{ source('till', 'products') }}
