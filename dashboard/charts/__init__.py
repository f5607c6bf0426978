"""Charts: a DataFrame in, an Altair chart out; one file per chart, and no Streamlit."""
