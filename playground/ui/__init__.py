"""All that knows Streamlit: state, controls and the three browser components."""
