"""Jobs: suites that are measured once, by some worker, whatever crashes.

The store is the truth and the queue only coordinates: a job is a row of the store before it is in
the queue, and a worker puts back what the queue has lost. Only ``engine`` knows the queue.
"""
