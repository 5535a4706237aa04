"""The offer check on the web: a pasted offer, a picture of one, questions without a text, the job one is in, a travel plan.

Everything works without JavaScript and without a cookie. What is sent here is read, answered and forgotten.
"""
