"""Speed beside what a user has today; answers are compared before any time is taken."""
