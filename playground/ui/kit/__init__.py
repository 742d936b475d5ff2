"""What pages and components share: each file guards against one hazard of Streamlit."""
