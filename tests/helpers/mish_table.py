"""What the Mish repository publishes of 23 runs of a small network on CIFAR-10.

D. Misra, https://github.com/digantamisra98/Mish, README, "Significance Level", sample size 23:
mean and standard deviation of the accuracy in percent, Cohen's d against Mish, and the 95 %
interval of the difference to Mish.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

N = 23
ROWS = (
    ("Mish", 87.48, 0.3967, np.nan, np.nan, np.nan),
    ("Swish-1", 87.32, 0.414, 0.386, -0.3975, 0.0844),
    ("E-Swish", 87.49, 0.411, 0.034444, -0.2261, 0.2539),
    ("GELU", 87.37, 0.472, 0.250468, -0.3682, 0.1499),
    ("ReLU", 86.66, 0.584, 1.645536, -1.1179, -0.5247),
    ("ELU", 86.41, 0.3371, 2.918232, -1.2931, -0.8556),
    ("Leaky ReLU(0.3)", 86.85, 0.4569, 1.47632, -0.8860, -0.3774),
    ("RReLU", 86.87, 0.4478, 1.444091, -0.8623, -0.3595),
    ("SELU", 83.91, 0.5995, 7.020812, -3.8713, -3.2670),
    ("SoftPlus", 83.004, 1.4015, 4.345453, -4.7778, -4.1735),
    ("HardShrink", 75.03, 0.98345, 16.601747, -12.8948, -12.0035),
    ("Hardtanh", 82.78, 0.4491, 11.093842, -4.9522, -4.4486),
    ("LogSigmoid", 81.98, 1.6751, 4.517156, -6.2221, -4.7753),
    ("PReLU", 85.66, 2.2406, 1.128135, -2.7715, -0.8590),
    ("ReLU6", 86.75, 0.4501, 1.711482, -0.9782, -0.4740),
    ("CELU", 86.23, 0.50941, 2.741669, -1.5231, -0.9804),
    ("Sigmoid", 74.82, 5.7662, 3.098289, -15.0915, -10.2337),
    ("Softshrink", 82.35, 0.71959, 8.830541, -5.4762, -4.7856),
    ("Tanhshrink", 82.35, 0.94508, 7.083564, -5.5646, -4.7032),
    ("Tanh", 83.15, 0.6887, 7.700198, -4.6618, -3.9938),
    ("Softsign", 82.66, 0.6697, 8.761157, -5.1493, -4.4951),
    ("ISRU", 86.85, 0.1106, 5.302987, -4.4855, -3.5815),
    ("ISRLU", 86.69, 0.5788, 1.572874, -1.0753, -0.4856),
)


def mish_table() -> pd.DataFrame:
    """One row an activation: ``activation, mean, sd, n, published_d, low, high``."""
    found = pd.DataFrame(
        list(ROWS), columns=["activation", "mean", "sd", "published_d", "low", "high"]
    )
    return found.assign(n=N)
