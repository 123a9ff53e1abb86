-- depends_on: {{ ref('raw_customers') }}
select
    id as customer_id,
    full_name as customer_name,
    lower(email) as email,
    city
from {{ source('till', 'customers') }}
