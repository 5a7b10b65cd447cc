"""What people see: the terminal's conversation and the web page, in Spanish and English."""
