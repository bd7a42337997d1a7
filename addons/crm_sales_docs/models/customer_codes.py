# SPDX-License-Identifier: LGPL-3.0-or-later


def customer_codes(lines_by_customer, company, date):
    """Return ``{line id: crm.customer.product}`` of the lines whose product the customer numbers
    or calls otherwise, in a constant number of queries.

    :param lines_by_customer: lines of documents, which have a ``product_id``, by partner
    :param date: the day of the document; None: today
    """
    if not lines_by_customer:
        return {}
    customers = next(iter(lines_by_customer)).union(*lines_by_customer)
    products = customers.env["product.product"].union(
        *(lines.product_id for lines in lines_by_customer.values())
    )
    # What a customer's document says does not depend on who prints it.
    rows = customers.sudo().with_company(company)._crm_customer_products_of_each(products, date)
    return {
        line.id: row
        for customer, lines in lines_by_customer.items()
        for line in lines
        if (row := rows.get(customer.id, {}).get(line.product_id.id)) and row._crm_label()
    }
