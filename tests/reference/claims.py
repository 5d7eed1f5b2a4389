COUNT=0
def check(): return []
