"""From stored measurements to answers: DataFrame in, DataFrame out."""
