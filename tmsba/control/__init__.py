"""Workers that claim due actions with a lease and drive bridges; each step can be repeated safely."""
