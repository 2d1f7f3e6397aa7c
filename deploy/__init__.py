"""What turns a clone into something that runs, and what checks it: nothing here is imported by the product."""
