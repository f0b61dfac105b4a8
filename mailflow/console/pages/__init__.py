"""One module a page: `router` with its addresses. A page reads by the store's functions and acts by the desk's."""
