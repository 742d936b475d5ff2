"""The Train page: settings, the run that is shown, and what one does with runs."""
