"""What only a demo has: the mails that it sent, and a website of somebody else with its forms."""
