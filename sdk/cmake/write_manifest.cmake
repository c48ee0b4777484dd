# Writes LIBRARY.nova.json, the manifest that catalogues read without loading the library.
# In: PROGRAM (novascale), LIBRARY (a plugin). A failure warns and leaves no file behind.
execute_process(COMMAND ${PROGRAM} plugins inspect ${LIBRARY} --manifest
  OUTPUT_VARIABLE manifest ERROR_VARIABLE why RESULT_VARIABLE status)
if(status EQUAL 0)
  file(WRITE ${LIBRARY}.nova.json "${manifest}")
else()
  file(REMOVE ${LIBRARY}.nova.json)
  message(WARNING "no manifest for ${LIBRARY}: ${why}")
endif()
