"""What stands on the pages: one folder a page. The scripts in /pages put it in order."""
