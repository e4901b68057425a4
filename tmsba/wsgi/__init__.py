"""The HTTP side: paths, authentication, limits on bodies, WSDL and service pages.

``front.build_wsgi`` puts it together; nothing is built when these modules are imported.
"""
