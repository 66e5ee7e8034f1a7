<?xml version="1.0" encoding="UTF-8"?>
<!-- Of a report of Surefire or Failsafe: a line for each skipped test, with the reason. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/">
    <xsl:for-each select="//testcase[skipped]">
      <xsl:value-of select="@classname"/>
      <xsl:if test="@name != ''">.<xsl:value-of select="@name"/></xsl:if>
      <xsl:text>: </xsl:text>
      <xsl:apply-templates select="skipped"/>
      <xsl:text>&#10;</xsl:text>
    </xsl:for-each>
  </xsl:template>
  <!-- A condition's reason is an attribute; an assumption's is the first line of its trace. -->
  <xsl:template match="skipped[@message]">
    <xsl:value-of select="normalize-space(@message)"/>
  </xsl:template>
  <xsl:template match="skipped">
    <xsl:variable name="line" select="normalize-space(substring-before(concat(., '&#10;'), '&#10;'))"/>
    <xsl:choose>
      <xsl:when test="contains($line, 'Assumption failed: ')">
        <xsl:value-of select="substring-after($line, 'Assumption failed: ')"/>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$line"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
