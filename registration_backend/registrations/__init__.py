"""The registrant's side: registrations, their cameras and their encrypted contacts."""
